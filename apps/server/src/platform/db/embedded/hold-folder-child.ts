// A process that holds a data folder, for start-embedded.test.ts to kill: it opens the folder, writes rows as fast as it can
// and prints each number once it is committed.
import pg from 'pg';
import { FolderInUse } from './lock-folder.ts';
import { startEmbedded } from './start-embedded.ts';

const [dataDir, template] = process.argv.slice(2);
try {
  const silent = { info() {}, error() {} };
  const embedded = await startEmbedded({ dataDir: dataDir!, log: silent, ...(template ? { template } : {}) });
  console.log('open');
  const client = new pg.Client(embedded.connection);
  await client.connect();
  await client.query('create table if not exists rows (n int primary key)');
  for (let n = 0; ; n++) {
    await client.query('insert into rows values ($1)', [n]);
    console.log(n);
  }
} catch (error) {
  if (!(error instanceof FolderInUse)) throw error;
  console.log('in use');
}

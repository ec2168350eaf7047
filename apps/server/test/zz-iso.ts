import { openSweepGround } from './sweeps/open-sweep-ground.ts';
import { lintCatalogue } from './sweeps/lint-catalogue.ts';
const g = await openSweepGround();
await g.newHome({placement:'dedicated'});
const c = await g.app.db.clusters.get('main').admin.connect();
console.log(await lintCatalogue(c)); c.release();
await g.close();

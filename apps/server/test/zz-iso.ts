import { openSweepGround } from './sweeps/open-sweep-ground.ts';
const g = await openSweepGround();
for (const p of ['/v1/workspaces/%ff','/v1/models/%ff','/%ff','/v1/workspaces/%']) { const r = await fetch(g.url+p); console.log(r.status, Object.fromEntries(r.headers), await r.text()); }
await g.close();

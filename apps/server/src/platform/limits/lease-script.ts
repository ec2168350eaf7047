// The Redis side of leases: a sorted set a key, its members the leases, its scores when they end by the clock of Redis.

/**
 * KEYS: one an ask. ARGV: 'take', 'renew' or 'release', the id of the lease, its length in ms, then the limit of each ask.
 * Answers 0, or the place from 1 of the first ask without room; then nothing was taken.
 */
export const leaseScript = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local mode, id, length = ARGV[1], ARGV[2], tonumber(ARGV[3])
if mode == 'release' then
  for k = 1, #KEYS do redis.call('ZREM', KEYS[k], id) end
  return 0
end
if mode == 'take' then
  for k = 1, #KEYS do
    redis.call('ZREMRANGEBYSCORE', KEYS[k], '-inf', now)
    if redis.call('ZCARD', KEYS[k]) >= tonumber(ARGV[3 + k]) then return k end
  end
end
for k = 1, #KEYS do
  redis.call('ZADD', KEYS[k], now + length, id)
  redis.call('PEXPIRE', KEYS[k], length * 2)
end
return 0
`;

// The Redis side of a limit: one script, so that reading, judging and counting of all subjects is one step for all
// replicas. A key is a hash with one field a window length, `index previous current`.

/**
 * KEYS: one a subject. ARGV: now in ms ('' for the clock of Redis, so that replicas need not agree on the time),
 * 'take' or 'count', then for each subject its cost, the number of windows, and seconds and limit of each.
 * Answers previous, current and elapsed ms of each window as they were before.
 */
export const takeScript = `
local now
if ARGV[1] == '' then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
else
  now = tonumber(ARGV[1])
end
local allowed = true
local at, writes, reply = 3, {}, {}
for k = 1, #KEYS do
  local cost, count = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  at = at + 2
  for w = 1, count do
    local seconds, limit = ARGV[at], tonumber(ARGV[at + 1])
    at = at + 2
    local span = tonumber(seconds) * 1000
    local index = math.floor(now / span)
    local elapsed, previous, current = now - index * span, 0, 0
    local kept = redis.call('HGET', KEYS[k], seconds)
    if kept then
      local i, p, c = string.match(kept, '^(%d+) (%d+) (%d+)$')
      i, p, c = tonumber(i), tonumber(p), tonumber(c)
      if i == index or i == index + 1 then
        previous, current = p, c
        if i > index then index, elapsed = i, 0 end
      elseif i == index - 1 then
        previous = c
      end
    end
    if limit - (previous * (1 - elapsed / span) + current) - cost < -1e-9 then allowed = false end
    reply[#reply + 1] = previous
    reply[#reply + 1] = current
    reply[#reply + 1] = elapsed
    writes[#writes + 1] = { KEYS[k], seconds, index, previous, math.max(0, current + cost), span * 2 }
  end
end
if allowed or ARGV[2] == 'count' then
  for _, write in ipairs(writes) do
    local value = string.format('%.0f %.0f %.0f', write[3], write[4], write[5])
    redis.call('HSET', write[1], write[2], value)
    if redis.call('PTTL', write[1]) < write[6] then redis.call('PEXPIRE', write[1], write[6]) end
  end
end
return reply
`;

// The Redis side of a limit: one script, so that reading, judging and counting of all subjects is one step for all
// replicas. A key is a hash with one field a window length, `index previous current`.
import { MONTH } from './judge-windows.ts';

/**
 * KEYS: one a subject. ARGV: now in ms ('' for the clock of Redis, so that replicas need not agree on the time),
 * 'take' or 'count', then for each subject its cost, the number of windows, and seconds and limit of each.
 * Answers previous, current, elapsed ms and length in ms of each window as they were before. The month is the calendar's (UTC),
 * by the arithmetic of Howard Hinnant's `civil_from_days`.
 */
export const takeScript = `
local function month(now)
  local days = math.floor(now / 86400000)
  local z = days + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local mp = math.floor((5 * doy + 2) / 153)
  local day = doy - math.floor((153 * mp + 2) / 5) + 1
  local m = mp < 10 and mp + 3 or mp - 9
  local y = yoe + era * 400 + (m <= 2 and 1 or 0)
  local length = ({ 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 })[m]
  if m == 2 and (y % 4 == 0 and y % 100 ~= 0 or y % 400 == 0) then length = 29 end
  return y * 12 + m - 1, (days - day + 1) * 86400000, length * 86400000
end
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
    local start = index * span
    local slides = seconds ~= '${MONTH}'
    if not slides then index, start, span = month(now) end
    local elapsed, previous, current = now - start, 0, 0
    local kept = redis.call('HGET', KEYS[k], seconds)
    if kept then
      local i, p, c = string.match(kept, '^(%d+) (%d+) (%d+)$')
      i, p, c = tonumber(i), tonumber(p), tonumber(c)
      if i == index or i == index + 1 then
        previous, current = p, c
        if i > index then index, elapsed = i, 0 end
      elseif i == index - 1 and slides then
        previous = c
      end
    end
    if limit - (previous * (1 - elapsed / span) + current) - cost < -1e-9 then allowed = false end
    reply[#reply + 1] = previous
    reply[#reply + 1] = current
    reply[#reply + 1] = elapsed
    reply[#reply + 1] = span
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

-- Counts within moving windows, all of them or none.
--
-- KEYS: one hash per window, from the number of a slice of time to what was counted in it.
-- ARGV: now in milliseconds ('' for the server's clock), slices per window, then for each key its
--       limit, its window in milliseconds and the amount to count.
-- Returns: the number of the key that has no room for longest (0: everything was counted), how many
--       milliseconds that takes, then for each key: what is counted in its window now, milliseconds until
--       nothing is, and the slice.
local now = tonumber(ARGV[1])
if not now then
    local time = redis.call('TIME')
    now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local slices = tonumber(ARGV[2])
local refused, wait = 0, 0
local windows = {}

for i, key in ipairs(KEYS) do
    local limit, period, amount =
        tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i + 2])
    local length = period / slices
    local slice = math.floor(now / length)
    local used, newest, kept, old = 0, nil, {}, {}
    local stored = redis.call('HGETALL', key)
    for j = 1, #stored, 2 do
        local number, count = tonumber(stored[j]), tonumber(stored[j + 1])
        if number < slice - slices then
            old[#old + 1] = stored[j]
        else
            used = used + count
            kept[#kept + 1] = {number, count}
            if count > 0 and (not newest or number > newest) then
                newest = number
            end
        end
    end
    windows[i] = {
        key = key, used = used, slice = slice, length = length, amount = amount, old = old,
        newest = newest, period = period,
    }
    if used + amount > limit then
        table.sort(kept, function(a, b) return a[1] < b[1] end)
        local left, until_room = used, 0
        for _, one in ipairs(kept) do
            if left + amount > limit then
                left = left - one[2]
                until_room = math.ceil((one[1] + slices + 1) * length - now)
            end
        end
        if refused == 0 or until_room > wait then
            refused, wait = i, until_room
        end
    end
end

local answer = {refused, wait}
for _, window in ipairs(windows) do
    if refused == 0 and window.amount > 0 then
        redis.call('HINCRBY', window.key, window.slice, window.amount)
        if #window.old > 0 then
            redis.call('HDEL', window.key, unpack(window.old))
        end
        redis.call('PEXPIRE', window.key, math.ceil(window.period + 2 * window.length))
        window.used = window.used + window.amount
        window.newest = window.slice
    end
    local free = 0
    if window.newest then
        free = math.ceil((window.newest + slices + 1) * window.length - now)
    end
    answer[#answer + 1] = window.used
    answer[#answer + 1] = free
    answer[#answer + 1] = window.slice
end
return answer

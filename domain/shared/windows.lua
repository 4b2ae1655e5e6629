-- Counts within moving windows: of each group of charges all, or none.
--
-- KEYS: one hash per charge, from the number of a slice of time to what was counted in it.
-- ARGV: now in milliseconds ('' for the server's clock), slices per window, the number of groups, then
--       how many charges each group has, then for each charge its limit, its window in milliseconds and
--       the amount to count. Groups are counted one after the other.
-- Returns for each group: the number of its charge that has no room for longest (0: everything was
--       counted), how many milliseconds that takes, then for each charge: what is counted in its window
--       now, milliseconds until nothing is, and the slice.
local now = tonumber(ARGV[1])
if not now then
    local time = redis.call('TIME')
    now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local slices, groups = tonumber(ARGV[2]), tonumber(ARGV[3])

local function look(key, at)
    local limit, period, amount = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
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
    local until_room = nil
    if used + amount > limit then
        until_room = 0
        table.sort(kept, function(a, b) return a[1] < b[1] end)
        local left = used
        for _, one in ipairs(kept) do
            if left + amount > limit then
                left = left - one[2]
                until_room = math.ceil((one[1] + slices + 1) * length - now)
            end
        end
    end
    return {
        key = key, used = used, slice = slice, length = length, amount = amount, old = old,
        newest = newest, period = period, until_room = until_room,
    }
end

local function count(window)
    redis.call('HINCRBY', window.key, window.slice, window.amount)
    if #window.old > 0 then
        redis.call('HDEL', window.key, unpack(window.old))
    end
    redis.call('PEXPIRE', window.key, math.ceil(window.period + 2 * window.length))
    window.used = window.used + window.amount
    window.newest = window.slice
end

local function take(first, charges)
    local refused, wait, windows = 0, 0, {}
    for i = 1, charges do
        local window = look(KEYS[first + i], 4 + groups + 3 * (first + i - 1))
        windows[i] = window
        if window.until_room and (refused == 0 or window.until_room > wait) then
            refused, wait = i, window.until_room
        end
    end
    local answer = {refused, wait}
    for _, window in ipairs(windows) do
        if refused == 0 and window.amount > 0 then
            count(window)
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
end

local answers, first = {}, 0
for group = 1, groups do
    local charges = tonumber(ARGV[3 + group])
    answers[group] = take(first, charges)
    first = first + charges
end
return answers

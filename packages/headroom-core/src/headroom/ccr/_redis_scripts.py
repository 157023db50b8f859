"""What a Redis store has its server do in one step. Nothing else runs meanwhile."""

AMBIGUOUS = b"ambiguous"

PUT = """
local WIDTH = 8
local seconds, longer = ARGV[1], ARGV[2]
local savings = KEYS[#KEYS]

local function entry(n)
    local k, v = 3 * n, 2 + WIDTH * n
    return {
        original = KEYS[k + 1], source = KEYS[k + 2], replaced = KEYS[k + 3],
        ref = ARGV[v + 1], digest = ARGV[v + 2], data = ARGV[v + 3], said = ARGV[v + 4],
        context = ARGV[v + 5], kind = ARGV[v + 6], before = ARGV[v + 7], after = ARGV[v + 8],
    }
end

local entries, digests, refs = {}, {}, {}
for n = 0, (#KEYS - 1) / 3 - 1 do
    local e = entry(n)
    local digest = digests[e.original] or redis.call('HGET', e.original, 'digest') or e.digest
    if digest ~= e.digest then
        return {'collision', e.ref}
    end
    digests[e.original] = digest
    local there = refs[e.replaced] or {}
    local ref = there[e.context] or redis.call('HGET', e.replaced, e.context) or e.ref
    if ref ~= e.ref then
        return {'ambiguous', e.ref}
    end
    there[e.context] = ref
    refs[e.replaced] = there
    entries[n + 1] = e
end

for _, e in ipairs(entries) do
    if redis.call('EXISTS', e.original) == 0 then
        redis.call('HSET', e.original, 'digest', e.digest, 'data', e.data)
    end
    redis.call('EXPIRE', e.original, seconds)
    redis.call('SET', e.source, e.said, 'EX', longer)
    if redis.call('HSETNX', e.replaced, e.context, e.ref) == 1 then
        redis.call('HINCRBY', savings, 'blocks ' .. e.kind, 1)
        redis.call('HINCRBY', savings, 'before ' .. e.kind, e.before)
        redis.call('HINCRBY', savings, 'after ' .. e.kind, e.after)
    end
    redis.call('EXPIRE', e.replaced, longer)
end
return false
"""
"""Keys: three for each entry, then one for all. Returns why nothing was kept, and of which entry."""

RECORD = """
local kept = {}
for n, key in ipairs(KEYS) do
    if not redis.call('SET', key, ARGV[n + 1], 'NX', 'EX', ARGV[1]) then
        redis.call('EXPIRE', key, ARGV[1])
    end
    kept[n] = redis.call('GET', key)
end
return kept
"""

RECALL = """
local found = {}
for n, key in ipairs(KEYS) do
    local data = redis.call('GET', key)
    if not data then
        break
    end
    redis.call('EXPIRE', key, ARGV[1])
    found[n] = data
end
return found
"""

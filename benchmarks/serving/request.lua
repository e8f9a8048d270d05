-- One request, repeated by wrk: METHOD BODY-FILE [ID-FILE], an empty name for no body. Prints one line of JSON when
-- done; latencies in µs. NNNNNN in the path is a number that differs from request to request. EACHID is one of the ids
-- in the file, a line each; after the last of them the run ends, and its time with it.
local ffi = require("ffi")
ffi.cdef("typedef struct { long s; long us; } moment_t; int gettimeofday(moment_t *at, void *zone);")

local before, after = nil, nil
local number, ids = 0, nil
started, ended = 0, 0

local function now()
  local at = ffi.new("moment_t")
  ffi.C.gettimeofday(at, nil)
  return tonumber(at.s) * 1000000 + tonumber(at.us)
end

local function split(mark)
  local first, last = wrk.path:find(mark, 1, true)
  if first then
    before, after = wrk.path:sub(1, first - 1), wrk.path:sub(last + 1)
  end
end

local threads = {}
function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  wrk.method = args[1]
  wrk.headers["Authorization"] = "Token bench"
  if args[2] ~= "" then
    local file = assert(io.open(args[2], "rb"))
    wrk.body = file:read("*a")
    file:close()
    wrk.headers["Content-Type"] = "application/json"
  end
  if args[3] then
    ids = {}
    for line in io.lines(args[3]) do
      table.insert(ids, line)
    end
    split("EACHID")
  else
    split("NNNNNN")
  end
  started = now()
end

function request()
  if before == nil then
    return wrk.format()
  end
  number = number + 1
  if ids == nil then
    return wrk.format(nil, before .. string.format("%06d", number % 1000000) .. after)
  end
  if number > #ids and ended == 0 then
    ended = now()
    wrk.thread:stop()
  end
  return wrk.format(nil, before .. ids[math.min(number, #ids)] .. after)
end

function done(summary, latency, requests)
  local errors, duration = summary.errors, summary.duration
  if threads[1]:get("ended") > 0 then
    duration = threads[1]:get("ended") - threads[1]:get("started")
  end
  io.write(string.format(
    '\n{"requests": %d, "duration_us": %d, "p50_us": %d, "p99_us": %d, "refused": %d, "broken": %d}\n',
    summary.requests, duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end

-- One request, repeated by wrk: METHOD [FILE with the JSON body]. Prints one line of JSON when done; latencies in µs.
-- NNNNNN in the path is a number that differs from request to request.
function init(args)
  wrk.method = args[1]
  wrk.headers["Authorization"] = "Token bench"
  if args[2] then
    local file = assert(io.open(args[2], "rb"))
    wrk.body = file:read("*a")
    file:close()
    wrk.headers["Content-Type"] = "application/json"
  end
end

local before, after = "", nil
local number = 0

function request()
  if after == nil then
    local first, last = wrk.path:find("NNNNNN", 1, true)
    before, after = wrk.path, ""
    if first then
      before, after = wrk.path:sub(1, first - 1) .. "%06d", wrk.path:sub(last + 1):gsub("%%", "%%%%")
      before = before:sub(1, -5):gsub("%%", "%%%%") .. "%06d"
    end
  end
  if after == "" then
    return wrk.format()
  end
  number = (number + 1) % 1000000
  return wrk.format(nil, string.format(before .. after, number))
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "duration_us": %d, "p50_us": %d, "p99_us": %d, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end

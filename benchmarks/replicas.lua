-- A read of one list in one of 200 sessions after another, as many teams call at once.
local session = 0

function request()
  session = (session + 1) % 200
  local headers = { ["Authorization"] = "Token demo", ["X-Mock-Session"] = "team-" .. session }
  return wrk.format("GET", nil, headers)
end

function done(summary, latency)
  io.write(string.format('{"requests": %d, "duration_us": %d, "errors": %d}\n',
    summary.requests, summary.duration, summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end

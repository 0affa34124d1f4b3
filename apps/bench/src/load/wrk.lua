-- Sends the octets of a file, so many times in one write, and reports as JSON: wrk -s wrk.lua URL -- FILE TIMES
-- The times of latency are microseconds.

init = function(args)
  local file = io.open(args[1], "rb")
  octets = string.rep(file:read("*a"), tonumber(args[2]))
  file:close()
end

request = function()
  return octets
end

done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"durationUs":%d,"p50Us":%d,"p99Us":%d,"p999Us":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d,"status":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency:percentile(99.9),
    errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end

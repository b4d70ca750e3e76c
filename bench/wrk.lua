-- Prints what the run measured as one line of JSON, times in microseconds.
function done(summary, latency)
  local e = summary.errors
  local failed = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format('\nmeasured {"requests": %d, "duration": %d, "failed": %d, "median": %.1f, "p99": %.1f}\n',
    summary.requests, summary.duration, failed, latency:percentile(50), latency:percentile(99)))
end

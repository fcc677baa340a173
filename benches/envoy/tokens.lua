-- For wrk: the tokens of a file, one after the other. A status of 400 or more is an error.

local requests, last = {}, 0

function init(arguments)
    for token in io.lines(arguments[1]) do
        requests[#requests + 1] = wrk.format(nil, nil, { ["Authorization"] = "Bearer " .. token })
    end
end

function request()
    last = last % #requests + 1
    return requests[last]
end

function done(summary, latency, _)
    local errors = summary.errors
    local failed = errors.status + errors.connect + errors.read + errors.write + errors.timeout
    local rate = summary.requests / summary.duration * 1e6
    io.write(string.format('{"rate": %.0f, "p99": %.3f, "failed": %d}\n', rate, latency:percentile(99) / 1000, failed))
end

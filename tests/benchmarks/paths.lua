-- wrk: ask the paths of a file in turn, and print what came back as one line.
local paths, number = {}, 0
function init(arguments)
    for line in io.lines(arguments[1]) do
        paths[#paths + 1] = wrk.format("GET", line, {
            ["Accept"] = "application/sparql-results+json",
        })
    end
end
function request()
    number = number % #paths + 1
    return paths[number]
end
function done(summary, latency)
    local failed = summary.errors.status + summary.errors.connect + summary.errors.read
        + summary.errors.write + summary.errors.timeout
    io.write(string.format("RESULT %d %d %d %d\n", summary.requests, summary.duration, failed,
        latency:percentile(99)))
end

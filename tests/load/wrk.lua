-- Requests for wrk: one page again and again, forms that differ each time, or addresses from a file.
-- What was answered is counted by its status.
--   wrk … -s wrk.lua URL -- get PATH | form PATH MARK | lines FILE FIRST

local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(args)
  statuses, sent, kind = {}, 0, args[1]
  wrk.headers["Accept-Encoding"] = "br"
  if kind == "get" then
    wrk.path = args[2]
    fixed = wrk.format("GET")
  elseif kind == "form" then
    path, mark = args[2], args[3]
    extra = args[4]
    wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  else
    wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
    paths, count = {}, 0
    for line in io.lines(args[2]) do
      if count % 2 == number then table.insert(paths, line) end
      count = count + 1
    end
  end
end

function request()
  sent = sent + 1
  if kind == "get" then return fixed end
  if kind == "form" then
    local body = "name=Mira+Novak&level=hand_in&country=DE&email=" .. mark .. number .. "x" .. sent
    return wrk.format("POST", path, nil, body .. "%40example.org" .. extra)
  end
  return wrk.format("POST", paths[sent] or "/no-more-lines/", nil, "")
end

function response(status)
  statuses[status] = (statuses[status] or 0) + 1
end

function done(summary, latency)
  local all = {}
  for _, thread in ipairs(threads) do
    for status, count in pairs(thread:get("statuses")) do
      all[status] = (all[status] or 0) + count
    end
  end
  local words = {}
  for status, count in pairs(all) do table.insert(words, '"' .. status .. '": ' .. count) end
  io.write(string.format(
    'RESULT {"per_second": %.1f, "p50_ms": %.3f, "p99_ms": %.3f, "errors": %d, "statuses": {%s}}\n',
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, summary.errors.connect + summary.errors.read
    + summary.errors.write + summary.errors.timeout, table.concat(words, ", ")))
end

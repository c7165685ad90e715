-- Requests for wrk: one page again and again, forms that differ each time, or addresses from a file.
-- What was answered is counted by its status; but not for "read" and "mixed", since wrk would then copy each
-- answer for Lua to look at, in more time than nginx takes to send it. Of errors wrk itself knows.
--   wrk … -s wrk.lua URL -- get PATH | form PATH MARK EXTRA | lines FILE
--   | read PATH MS: the page and its number in turn, with so long between two
--   | mixed PATH MARK EXTRA FILE: of 100 requests 95 read a petition, 5 sign it or confirm

local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(args)
  statuses, sent, kind = {}, 0, args[1]
  if kind ~= "mixed" and kind ~= "read" then response = count_status end
  wrk.headers["Accept-Encoding"] = "br"
  if kind == "get" then
    wrk.path = args[2]
    fixed = wrk.format("GET")
  elseif kind == "read" then
    page, count = wrk.format("GET", args[2]), wrk.format("GET", args[2] .. "count.json")
    delay = function() return tonumber(args[3]) end
  elseif kind == "form" then
    path, mark = args[2], args[3]
    extra = args[4]
    wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  elseif kind == "mixed" then
    path, mark, extra, confirmed = args[2] .. "sign/", args[3], args[4], 0
    page, count = wrk.format("GET", args[2]), wrk.format("GET", args[2] .. "count.json")
    wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
    read_lines(args[5])
  else
    wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
    read_lines(args[2])
  end
end

function read_lines(file)
  paths = {}
  local lines = 0
  for line in io.lines(file) do
    if lines % 2 == number then table.insert(paths, line) end
    lines = lines + 1
  end
end

function signed()
  local body = "name=Mira+Novak&level=hand_in&country=DE&email=" .. mark .. number .. "x" .. sent
  return wrk.format("POST", path, nil, body .. "%40example.org" .. extra)
end

function request()
  sent = sent + 1
  if kind == "get" then return fixed end
  if kind == "read" then return sent % 2 == 0 and page or count end
  if kind == "form" then return signed() end
  if kind == "mixed" then
    if sent % 40 == 0 then return signed() end
    if sent % 40 ~= 20 then return sent % 2 == 0 and page or count end
    confirmed = confirmed + 1
    return wrk.format("POST", paths[confirmed] or "/no-more-lines/", nil, "")
  end
  return wrk.format("POST", paths[sent] or "/no-more-lines/", nil, "")
end

function count_status(status)
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
  local e = summary.errors
  io.write(string.format(
    'RESULT {"per_second": %.1f, "p50_ms": %.3f, "p99_ms": %.3f, "p99_95_ms": %.3f, "errors": %d, '
    .. '"statuses": {%s}}\n', summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency:percentile(99.95) / 1000,
    e.connect + e.read + e.write + e.timeout + e.status, table.concat(words, ", ")))
end

-- One client for every row and its ceiling: random nodes out of COUNT, and the
-- path that PATTERN makes of a MAC; METHOD POST sends a new node each time,
-- runs of one store with a SEED each.  PAUSE_MS lies between the requests of a
-- connection.
local count = tonumber(os.getenv("COUNT"))
local pattern = os.getenv("PATTERN")
local method = os.getenv("METHOD") or "GET"
local bit = require("bit")

-- Numbers of the nodes that a run makes.  They are in no order, and none comes
-- twice: one that chance made again was a conflict, once in some runs.
local made = 0
local run = tonumber(os.getenv("SEED") or "0")

local threads = 0
function setup(thread)
   thread:set("id", threads)
   threads = threads + 1
end

function init()
   math.randomseed(os.time() * 1000 + id * 7919 + tonumber(os.getenv("SEED") or "0"))
   wrk.headers["Content-Type"] = "application/json"
end

local pause = tonumber(os.getenv("PAUSE_MS") or "0")
if pause > 0 then
   function delay()
      return pause
   end
end

local function spread(i)
   -- i * 2654435761 mod 2^32 without losing bits of a double
   local low = (i % 65536) * 2654435761
   local high = (math.floor(i / 65536) * 2654435761 % 65536) * 65536
   return (low + high) % 4294967296
end

function request()
   if method == "POST" then
      made = made + 1
      local body = string.format(
         '{"mac":"06%06x%04x","ip":"10.%d.%d.%d","hostname":"n%08x"}',
         made * 7368787 % 16777216, (run + id * 8192) % 65536,
         math.random(0, 255), math.random(0, 255), math.random(1, 254),
         math.random(0, 2147483647))
      return wrk.format("POST", pattern, nil, body)
   end
   local mac = string.format("0200%08x", spread(math.random(0, count - 1)))
   return wrk.format(method, (pattern:gsub("MAC", mac)))
end

function done(summary, latency)
   local e = summary.errors
   io.write(string.format(
      "RESULT %d %.6f %.3f %.3f %.3f %d %d %.3f\n",
      summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000,
      latency:percentile(99) / 1000, latency.max / 1000, e.status,
      e.connect + e.read + e.write + e.timeout,
      latency:percentile(99.9) / 1000))
end

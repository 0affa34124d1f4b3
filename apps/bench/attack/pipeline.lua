-- So many requests in one write: wrk -s pipeline.lua URL -- 16

init = function(args)
  local request_octets = wrk.format(nil, nil)
  local together = {}
  for i = 1, tonumber(args[1]) do
    together[i] = request_octets
  end
  requests_octets = table.concat(together)
end

request = function()
  return requests_octets
end

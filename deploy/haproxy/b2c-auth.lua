-- Asks the gateway about a request. Accepted: sets the x-auth- headers. Refused: sends the refusal to the client. No answer: 503.

-- Longer than the gateway waits for new keys. HAProxy asks four times before it gives up.
local TIMEOUT_MS = 10000
-- The headers of a refusal that the client gets.
local ANSWERED = { "www-authenticate", "retry-after", "content-type" }

-- The client's headers that the gateway gets: the token, and those that identify a preflight.
local ASKED = { "authorization", "origin", "access-control-request-method" }

-- Headers for the client. haproxy.cfg adds them to the service's answer.
local NOTICE = { deprecation = true, sunset = true, link = true }

local function ask(url, txn)
    local ok, response = pcall(function()
        local headers = txn.http:req_get_headers()
        -- What --forwarded haproxy reads.
        local asked = {
            ["host"] = headers["host"],
            ["x-original-method"] = { txn.f:method() },
            ["x-original-host"] = headers["host"],
            ["x-original-uri"] = { txn.f:pathq() },
        }
        for _, name in ipairs(ASKED) do
            asked[name] = headers[name]
        end
        return core.httpclient():get({ url = url, headers = asked, timeout = TIMEOUT_MS })
    end)
    return ok and response or { status = 0, headers = {} }
end

core.register_action("b2c-auth", { "http-req" }, function(txn, url)
    local response = ask(url, txn)
    if response.status == 200 then
        local set = {}
        for name, values in pairs(response.headers) do
            if name == "x-auth-remove" then
                -- With --remove-token, the token is not for the service.
                txn.http:req_del_header(values[0])
            elseif name:sub(1, 7) == "x-auth-" then
                txn.http:req_set_header(name, values[0])
                set[#set + 1] = name
            elseif NOTICE[name] then
                txn:set_var("txn.b2c_auth_" .. name, values[0])
            end
        end
        -- HAProxy says nothing if a header did not fit into its buffer.
        local headers = txn.http:req_get_headers()
        for _, name in ipairs(set) do
            if not headers[name] then
                txn:done(txn:reply({ status = 431 }))
            end
        end
        txn:set_var("txn.b2c_auth_accepted", true)
        return
    end
    -- With 502 and 504, HAProxy itself says that the gateway does not answer.
    local refusal = response.status >= 400 and response.status < 600 and response.status ~= 502 and response.status ~= 504
    local reply = txn:reply({ status = refusal and response.status or 503, body = refusal and response.body or "" })
    for _, name in ipairs(ANSWERED) do
        for _, value in pairs(response.headers[name] or {}) do
            reply:add_header(name, value)
        end
    end
    txn:done(reply)
end, 1)

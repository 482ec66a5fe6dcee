    agent() { \
        [ -x /tmp/nf-agent ] || { \
            kernel=$(uname -r); arch=${kernel##*-}; n=0; \
            until wget -q -O /tmp/nf-agent "http://{{server}}/agent/nodefoundry-agent?arch=$arch"; do \
                n=$((n + 1)); [ $n -lt 10 ] || { echo "cannot fetch the agent for $arch"; return 1; }; sleep 5; \
            done; \
            chmod 755 /tmp/nf-agent; \
        }; \
        NF_URL=http://{{server}} NF_MAC={{mac}} NF_TOKEN={{token}} /tmp/nf-agent "$@"; \
        status=$?; \
        [ $status -lt 2 ] || echo "nf-agent cannot be run here: status $status"; \
        return $status; \
    }; \

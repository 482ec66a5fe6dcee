# Runs our agent beside the installer: what it decides is the same everywhere.
agent() {
    [ -x /tmp/nf-agent ] || {
        case $(uname -m) in aarch64) arch=arm64 ;; *) arch=amd64 ;; esac
        curl -fsS --retry 10 -o /tmp/nf-agent "http://{{server}}/agent/nodefoundry-agent?arch=$arch" && chmod 755 /tmp/nf-agent || { echo "cannot fetch the agent for $arch"; return 1; }
    }
    NF_URL=http://{{server}} NF_MAC={{mac}} NF_TOKEN={{token}} /tmp/nf-agent "$@"
    status=$?
    [ $status -lt 2 ] || echo "nf-agent cannot be run here: status $status"
    return $status
}

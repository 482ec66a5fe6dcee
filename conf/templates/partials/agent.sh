{{#install.agent}}
case $(uname -m) in aarch64) arch=arm64 ;; *) arch=amd64 ;; esac
mkdir -p $target/usr/local/bin $target/etc/default $target/etc/systemd/system
curl -fsS --retry 10 -o $target/usr/local/bin/nodefoundry-agent "http://{{server}}/agent/nodefoundry-agent?arch=$arch" || fail "cannot fetch the agent for $arch"
chmod 755 $target/usr/local/bin/nodefoundry-agent
curl -fsS --retry 10 -o $target/etc/systemd/system/nodefoundry-agent.service http://{{server}}/agent/nodefoundry-agent.service || fail "cannot fetch the unit of the agent"
{
    echo NF_MAC={{mac}}
    echo NF_MQTT_BROKER={{broker}}
    echo NF_LOG_LEVEL={{agent_log_level}}
    echo NF_HEARTBEAT_INTERVAL={{heartbeat_interval}}
} > $target/etc/default/nodefoundry-agent || fail "cannot write the settings of the agent"
mkdir -p $target/etc/systemd/system/multi-user.target.wants
ln -sf ../nodefoundry-agent.service $target/etc/systemd/system/multi-user.target.wants/nodefoundry-agent.service || fail "cannot enable the agent"
{{/install.agent}}

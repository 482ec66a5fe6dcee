{{#install.late_packages}}
mkdir -p $target/etc/apt/keyrings $target/etc/apt/sources.list.d
{{#install.repositories}}
echo {{key}} | base64 -d > $target/etc/apt/keyrings/nf-{{name}}.asc || fail "cannot store the key of the repository {{name}}"
{
    echo "Types: deb"
    echo "URIs: {{url}}"
    echo "Suites: {{suite}}"
{{#components_line}}
    echo "Components:{{components_line}}"
{{/components_line}}
    echo "Signed-By: /etc/apt/keyrings/nf-{{name}}.asc"
} > $target/etc/apt/sources.list.d/nf-{{name}}.sources || fail "cannot write the file of the repository {{name}}"
{{/install.repositories}}
apt() { curtin in-target --target=$target -- env DEBIAN_FRONTEND=noninteractive apt-get -q -y {{> apt-options.sh}} "$@"; }
apt update || fail "a repository cannot be read"
apt install{{install.packages_line}}{{#install.excluded}} {{.}}-{{/install.excluded}} || fail "the packages cannot be installed"
{{#install.backports_line}}
apt -t {{suite}}-backports install{{install.backports_line}} || fail "the backports cannot be installed"
{{/install.backports_line}}
{{/install.late_packages}}

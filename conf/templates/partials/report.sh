report() {
    body='{"mac":"{{mac}}","token":"{{token}}","operation":"os_install","success":'$1',"message":"'"$2"'"}'
    n=0
    until printf %s "$body" | curl -fsS -m 30 -o /dev/null -H 'Content-Type: application/json' -d @- http://{{server}}/api/v1/device/operationComplete; do
        n=$((n + 1)); [ $n -lt 60 ] || return 1; sleep 5
    done
}
fail() { report false "$1"; exit 1; }

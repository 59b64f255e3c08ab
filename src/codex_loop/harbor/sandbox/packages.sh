#!/bin/bash
# Stands where a package manager would: the sandbox shows the host's programs, so a package is there or it is not.
set -u
name=$(basename "$0")
wanted=()
verb=""
while [ $# -gt 0 ]; do
  case "$1" in
    -o | -c | -t | --target-release | --option | --virtual) shift ;;
    -*) ;;
    *) if [ -z "$verb" ]; then verb="$1"; else wanted+=("$1"); fi ;;
  esac
  shift
done
case "$verb" in
  update | upgrade | dist-upgrade | full-upgrade | clean | autoclean | autoremove | "") exit 0 ;;
  install | add) ;;
  *) echo "$name $verb: packages cannot be changed in this sandbox" >&2; exit 100 ;;
esac
there() {
  case "$1" in
    ca-certificates) [ -e /etc/ssl/certs ] || [ -e /etc/pki/tls/certs ] ;;
    build-essential) command -v gcc >/dev/null && command -v make >/dev/null ;;
    python3-pip | python3-venv | python3-dev | python3-minimal | python-is-python3) command -v python3 >/dev/null ;;
    procps) command -v ps >/dev/null ;;
    coreutils) command -v ls >/dev/null ;;
    findutils) command -v find >/dev/null ;;
    nodejs) command -v node >/dev/null ;;
    ripgrep) command -v rg >/dev/null ;;
    golang | golang-go) command -v go >/dev/null ;;
    *) command -v "$1" >/dev/null || installed "$1" ;;
  esac
}
installed() {
  command -v dpkg-query >/dev/null && dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'
}
missing=()
for each in "${wanted[@]}"; do
  there "${each%%=*}" || missing+=("$each")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "$name: not on this host, and nothing can be installed in this sandbox: ${missing[*]}" >&2
  exit 100
fi

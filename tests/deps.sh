#!/bin/bash
# Installs what pgexpr needs from Debian's packages: Debian 12 or 13, as root or with sudo.
#
#   tests/deps.sh [build] [test] [demo] [clients] [tools] [oracle]    (all when none is named)
#   tests/deps.sh bench | conformance
#
# Quick and silent when everything is there. Nothing comes from anywhere but the machine's own
# Debian mirror: no package index of any language is asked.
set -euo pipefail
cd "$(dirname "$0")/.."

ORACLE_SUITE=trixie   # the release whose SQLAlchemy (2.0.40) is the reference
ORACLE_DIR=build/oracle

BUILD=(gcc make libc6-dev libuv1-dev libpq-dev libssl-dev libinih-dev uthash-dev)
TEST=(libcmocka-dev libpg-query-dev postgresql postgresql-client python3 python3-psycopg2
      python3-psycopg python3-django openssl valgrind)
DEMO=(postgresql postgresql-client python3 python3-psycopg2 python3-django python3-pandas)
# The light ones; the tests also use ruby-pg, php-pgsql and node-pg, and with CLIENTS=all
# libpostgresql-jdbc-java with a JDK and the Go of Debian, where they find them.
CLIENTS=(python3-asyncpg python3-pg8000 libdbd-pg-perl)
BENCH=(pgbouncer haproxy strace python3-django)
CONFORMANCE=(dpkg-dev postgresql-server-dev-all python3-tz python3-sqlparse python3-jinja2 python3-yaml
             python3-pytest python3-pytest-asyncio python3-psycopg-pool)
TOOLS=(clang libclang-rt-dev llvm clang-format clang-tidy cppcheck)

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo -- "$@"; fi
}

missing() {
	local state package
	for package in "$@"; do
		state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
		[ "$state" = installed ] || echo "$package"
	done
}

# The lists may be absent (a container) or older than the mirror: refresh them once, before the
# first installation of this run.
refreshed=no
refresh() {
	[ $refreshed = yes ] || as_root apt-get -qq update
	refreshed=yes
}

install_packages() {
	local wanted
	mapfile -t wanted < <(missing "$@" | sort -u)
	[ ${#wanted[@]} -gt 0 ] || return 0
	echo "deps: installing ${wanted[*]}"
	refresh
	# Debian's postgresql makes a cluster and starts it when it is first installed. The tests
	# bring their own, so that one would only stand in the way.
	if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
		as_root mkdir -p /etc/postgresql-common
		echo 'create_main_cluster = false' |
			as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
	fi
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 \
		-o Dpkg::Options::=--force-confold install --no-install-recommends \
		"${wanted[@]}" >/dev/null
}

# True where the given python path holds the reference.
oracle_is_in() {
	PYTHONPATH="$1" /usr/bin/python3 -c \
		'import sys, sqlalchemy as s; sys.exit(s.__version__ != "2.0.40")' 2>/dev/null
}

# Debian 13 has the reference as a package. Elsewhere its package, which is pure Python, is
# unpacked below build/: apt is given a configuration of its own, made from the machine's
# sources with the suite replaced, so that the machine's own lists stay as they are.
install_oracle() {
	local codename root uri keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	oracle_is_in "$PWD/$ORACLE_DIR/usr/lib/python3/dist-packages" && return
	codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
	if [ "$codename" = $ORACLE_SUITE ]; then
		install_packages python3-sqlalchemy python3-typing-extensions
		oracle_is_in '' && return
	fi
	echo "deps: unpacking the reference, python3-sqlalchemy of Debian $ORACLE_SUITE"
	root=$PWD/build/oracle.apt
	rm -rf "$root" "$ORACLE_DIR"
	mkdir -p "$root"/{parts,lists/partial,cache/archives/partial} "$ORACLE_DIR"
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' | sort -u |
		while read -r uri release component; do
			[ "$component" = main ] || continue
			case $release in
			"$codename" | "$codename"-security) ;;
			*) continue ;;
			esac
			echo "deb [signed-by=$keyring] $uri ${release/$codename/$ORACLE_SUITE} main"
		done >"$root/parts/oracle.list"
	local apt=(-qq -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$root/parts"
	           -o Dir::Etc::preferencesparts=/dev/null -o "Dir::State::lists=$root/lists"
	           -o "Dir::Cache=$root/cache" -o APT::Sandbox::User=root)
	apt-get "${apt[@]}" update
	(cd "$root" && apt-get "${apt[@]}" download python3-sqlalchemy python3-typing-extensions)
	for deb in "$root"/*.deb; do
		dpkg-deb -x "$deb" "$ORACLE_DIR"
	done
	rm -rf "$root"
	oracle_is_in "$PWD/$ORACLE_DIR/usr/lib/python3/dist-packages" || {
		echo "deps: the reference, SQLAlchemy 2.0.40, does not import" >&2
		exit 1
	}
}

[ $# -gt 0 ] || set -- build test demo clients tools oracle
packages=()
for group in "$@"; do
	case $group in
	build) packages+=("${BUILD[@]}") ;;
	test) packages+=("${TEST[@]}") ;;
	demo) packages+=("${DEMO[@]}") ;;
	clients) packages+=("${CLIENTS[@]}") ;;
	bench) packages+=("${BENCH[@]}") ;;
	conformance) packages+=("${CONFORMANCE[@]}") ;;
	tools) packages+=("${TOOLS[@]}") ;;
	oracle) ;;
	*) echo "deps: no group \"$group\"" >&2; exit 2 ;;
	esac
done
[ ${#packages[@]} = 0 ] || install_packages "${packages[@]}"
case " $* " in
*' oracle '*) install_oracle ;;
esac

#!/bin/bash
# Fetches the Debian source package of an installed package and unpacks it below build/conformance.
#
#   source.sh PACKAGE      prints the directory
#
# Mirrors do not always keep the source of the very version that is installed, so the newest one that
# can be had is taken: what matters is that the same tests run directly and through the proxy. apt is
# given a configuration of its own, made from the machine's sources with `deb-src` for `deb`.
#
# CONFORMANCE_SOURCES=DIR: where DIR/NAME is a directory, NAME being the source package, it is taken as it is.
set -euo pipefail
cd "$(dirname "$0")/../.."

source=$(dpkg-query -W -f '${source:Package}' "$1")
if [ -n "${CONFORMANCE_SOURCES:-}" ] && [ -d "$CONFORMANCE_SOURCES/$source" ]; then
	echo "$CONFORMANCE_SOURCES/$source"
	exit 0
fi
target=$PWD/build/conformance/$source
if [ -e "$target/.complete" ]; then
	echo "$target"
	exit 0
fi
root=$PWD/build/conformance/apt.$source
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
rm -rf "$root" "$target"
mkdir -p "$root"/{parts,lists/partial,cache/archives/partial,files} "$target"
apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' | sort -u |
	while read -r uri release component; do
		if [ "$component" = main ]; then
			echo "deb-src [signed-by=$keyring] $uri $release main"
		fi
	done >"$root/parts/source.list"
apt=(-qq -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$root/parts"
     -o Dir::Etc::preferencesparts=/dev/null -o "Dir::State::lists=$root/lists"
     -o "Dir::Cache=$root/cache" -o APT::Sandbox::User=root)
apt-get "${apt[@]}" update >&2
versions=$(apt-cache "${apt[@]}" showsrc "$source" | sed -n 's/^Version: //p' | sort -rVu)
for version in $versions; do
	(cd "$root/files" && apt-get "${apt[@]}" source --download-only "$source=$version" >&2) || continue
	tar -xf "$root"/files/*.orig.tar.* -C "$target" --strip-components=1
	rm -rf "$root"
	touch "$target/.complete"
	echo "$target"
	exit 0
done
echo "source.sh: no version of the source package $source could be fetched" >&2
exit 1

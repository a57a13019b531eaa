#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Debian packages from this source, by debhelper: build.sh OUT. The source is copied to OUT/src with
# this folder as its debian/, built there anew with Debian's flags, and checked by lintian. The same
# source and SOURCE_DATE_EPOCH give the same bytes, wherever OUT is.
set -eu
umask 022
cd "$(dirname "$0")/../.."
out=$1
version=$(sed -n 's/.*METOD_VERSION_TEXT "\(.*\)"/\1/p' include/metod/version.h)
git=$(git log -1 --format='%an <%ae>|%ct' 2>/dev/null || echo '|0')
: "${SOURCE_DATE_EPOCH:=${git##*|}}"
# Who builds, signs: DEBFULLNAME and DEBEMAIL, or the author of the last commit.
maintainer="${DEBFULLNAME:+$DEBFULLNAME <${DEBEMAIL:-}>}"
: "${maintainer:=${git%|*}}"
export SOURCE_DATE_EPOCH DEB_BUILD_OPTIONS=noautodbgsym LC_ALL=C.UTF-8
unset CI CFLAGS LDFLAGS MAKEFLAGS MFLAGS MAKELEVEL DESTDIR

rm -rf "$out"
mkdir -p "$out/src"
out=$(realpath "$out")
cp -r Makefile README.md CONTRIBUTING.md NEWS.md LICENSE .ci cli daemon docs include lib po surveys \
	systemd "$out/src"
cp -r systemd/deb "$out/src/debian"
cd "$out/src"
rm debian/build.sh
# What the build needs is listed once, in .ci/packages.
needs=$(sed -n 's/^\(\(lib.*-dev\|pkg-config\|python3\)\) build.*/\1/p' .ci/packages | paste -sd, |
	sed 's/,/, /g')
floor=$(sed -n 's/^floor=//p' .ci/deps)
sed -i -e "s/@MAINTAINER@/$maintainer/" -e "s/@BUILD_DEPENDS@/$needs/" -e "s/@LIBEVENT@/$floor/g" \
	debian/control
printf 'metod (%s) bookworm; urgency=medium\n\n  * See NEWS.md.\n\n -- %s  %s\n' "$version" \
	"$maintainer" "$(date -R -u -d "@$SOURCE_DATE_EPOCH")" >debian/changelog
mkdir -p debian/source
echo '3.0 (native)' >debian/source/format
dpkg-buildpackage -b -us -uc -j"$(nproc)" >../build.log 2>&1 || {
	tail -40 ../build.log
	exit 1
}
cd ..
lintian --allow-root --info --fail-on error,warning,info *.changes
ls *.deb

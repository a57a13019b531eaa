#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Debian packages metodd and metodctl from an installed tree: build.sh TREE OUT VERSION.
# Dependencies are those dpkg-shlibdeps finds, and libevent from the security fixes on.
set -eu
umask 022
here=$(realpath "$(dirname "$0")")
tree=$(realpath "$1") out=$(realpath "$2") version=$3
arch=$(dpkg --print-architecture)
# Who builds, signs: DEBFULLNAME and DEBEMAIL, or the author of the last commit.
maintainer="${DEBFULLNAME:-$(git log -1 --format=%an)} <${DEBEMAIL:-$(git log -1 --format=%ae)}>"
floor=2.1.12-stable-8+deb12u1
rm -rf "$out/metodd" "$out/metodctl" "$out/work"
mkdir -p "$out/work/debian"
printf 'Source: metod\n\nPackage: metodd\nArchitecture: any\n' >"$out/work/debian/control"
needs() { # program
	(cd "$out/work" && dpkg-shlibdeps -O "$1" 2>/dev/null) | sed -n 's/^shlibs:Depends=//p'
}
common() { # package
	doc=$out/$1/usr/share/doc/$1
	mkdir -p "$doc" "$out/$1/DEBIAN"
	cp "$here/copyright" "$doc/copyright"
	printf 'metod (%s) bookworm; urgency=medium\n\n  * See NEWS.md.\n\n -- %s  %s\n' "$version" \
		"$maintainer" \
		"$(date -R -u -d @"${SOURCE_DATE_EPOCH:-0}")" | gzip -9n >"$doc/changelog.gz"
	find "$out/$1/usr/share/man" -type f -exec gzip -9n {} +
}
finish() { # package, depends, text of the description
	cat >"$out/$1/DEBIAN/control" <<-CONTROL
		Package: $1
		Version: $version
		Architecture: $arch
		Maintainer: $maintainer
		Section: misc
		Priority: optional
		Installed-Size: $(du -sk "$out/$1" | cut -f1)
		Depends: $2
		Description: $3
	CONTROL
	(cd "$out/$1" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z |
		xargs -0 md5sum >DEBIAN/md5sums)
	dpkg-deb --root-owner-group --build "$out/$1" "$out/${1}_${version}_$arch.deb"
}
take() { # package, paths
	package=$1
	shift
	for path; do
		mkdir -p "$out/$package/$(dirname "$path")"
		cp -a "$tree/$path" "$out/$package/$path"
	done
}

take metodd usr/sbin/metodd usr/share/man/man8 usr/share/man/man5 usr/share/metod \
	lib/systemd/system usr/lib/sysusers.d usr/lib/tmpfiles.d etc/metod/metodd.conf
take metodctl usr/bin/metodctl usr/share/man/man1 usr/share/bash-completion \
	usr/share/zsh usr/share/fish
strip --strip-unneeded "$out/metodd/usr/sbin/metodd" "$out/metodctl/usr/bin/metodctl"
common metodd
common metodctl
echo /etc/metod/metodd.conf >"$out/metodd/DEBIAN/conffiles"
install -m755 "$here/postinst" "$here/prerm" "$here/postrm" "$out/metodd/DEBIAN/"
finish metodd "$(needs "$out/metodd/usr/sbin/metodd"), libevent-2.1-7 (>= $floor), libevent-pthreads-2.1-7 (>= $floor), systemd | systemd-standalone-sysusers, metodctl (= $version)" \
	"self-diagnosis of teachers, routes and mentors: the service
 Collects questionnaires of teachers page by page, keeps every acknowledged
 answer safe, computes profiles of professional difficulties, individual
 routes and mentor pairs. One store process, one web process, no database."
finish metodctl "$(needs "$out/metodctl/usr/bin/metodctl")" \
	"self-diagnosis of teachers, routes and mentors: the command line
 Asks the service of the package metodd over its Unix socket, as tables for
 people or as JSON and CSV for programs."
rm -rf "$out/work"

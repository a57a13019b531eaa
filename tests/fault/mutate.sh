#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copies of sources with one promise broken each: what the fault tests must find out.
#   mutate.sh ack_before_commit|no_key_check|no_flush|no_gate|two_lengths|no_guard TO.c
set -eu
# Not a fault: a program of the format to come, whose rows have another envelope.
format_2() {
	sed -e 's/enum { ENVELOPE_VERSION = 1,/enum { ENVELOPE_VERSION = 2,/' \
		-e 's/return \(metod_crc32c(sums, sizeof(sums));\)/return ~\1/' \
		daemon/store/value.c
	sed -e '/#include/d' -e 's/metod_store_format = 1;/metod_store_format = 2;/' daemon/store/format.c
}
case $1 in
ack_before_commit)
	from=daemon/store/writer.c
	sed -e 's|^static enum outcome try_batch($|static bool early;\nstatic void answer(struct metod_store *store, struct metod_job **jobs, size_t n);\n\n&|' \
		-e 's|^\trc = txn->erases ? .*$|\tearly = true;\n\tanswer(batch->store, jobs, i);\n\tnanosleep(\&(struct timespec){0, 3000000}, NULL);\n&|' \
		-e 's|^\t\t\tanswer(batch->store, jobs, done);$|\t\t\tif (!early)\n\t&\n\t\t\tearly = false;|' \
		$from >"$2"
	;;
no_key_check)
	from=daemon/app/dispatch.c
	sed -e '/METOD_T_IDEM, &key, call->arena, &found/{n;s/e == METOD_NOT_FOUND/e != METOD_IO/}' \
		$from >"$2"
	;;
no_flush)
	from=daemon/store/env.c
	sed -e 's/^\tunsigned flags = MDB_NOSUBDIR | MDB_NOTLS;$/\tunsigned flags = MDB_NOSUBDIR | MDB_NOTLS | MDB_NOSYNC;/' \
		$from >"$2"
	;;
no_gate)
	from=daemon/app/gate.c
	sed -e '/^enum metod_err gate_command(/,/^}/s/^\tunsigned who = call->command->who;$/&\n\tif (call->caller.who != METOD_GUEST)\n\t\treturn METOD_OK;/' \
		$from >"$2"
	;;
two_lengths) # the first of them wins, as in the HTTP library
	from=daemon/web/gate.c
	sed -e 's|^\t\tseen->lengths++;$|\t\tif (seen->lengths++)\n\t\t\treturn;|' \
		-e 's/seen->lengths > 1 || //' $from >"$2"
	;;
no_guard) # the HTTP library sees the bytes as they come
	from=daemon/web/guard.c
	sed -e 's/^\tif (info->n_added == 0 || g->own)$/\tif (more)/' $from >"$2"
	;;
blind_watchdog) # the sign of life asks the loop alone
	from=daemon/store/writer.c
	sed -e '/^bool metod_store_writer_moves(/,/^}/s/return !since ||/return since >= 0 ||/' $from >"$2"
	;;
blind_verify)
	from=daemon/store/verify.c
	sed -e '/^static enum metod_err check_all(/,/^}/s/^\tenum metod_err e;$/\tif (check)\n\t\treturn METOD_OK;\n&/' \
		$from >"$2"
	;;
format_2)
	from=daemon/store/value.c
	format_2 >"$2"
	;;
format_2_careless) # the old file goes before the new one has its name
	from=daemon/store/dir.c
	sed -e 's|^\t\tunlink(lock); /\* belongs to the file that goes \*/$|&\n\t\tunlink(file);|' $from >"$2"
	cmp -s $from "$2" || format_2 >>"$2"
	;;
no_escape) # one kind of slot
	from=lib/doc/escape.c
	sed -e '/^void metod_html_escape(/,/^}/s/^\t\tif (!entity)$/\t\tif (!entity || text.p[i] == '"'<'"')/' $from >"$2"
	;;
log_params)
	from=daemon/app/dispatch.c
	sed -e 's/^\tflight->command = metod_command_find(method);$/&\n\tmetod_log(METOD_LOG_INFO, "app", "event=call params=%.*s", METOD_FMT(params));/' \
		$from >"$2"
	;;
no_complement) # every number by itself
	from=daemon/app/aggregate_show.c
	sed -e 's/^\tmetod_smallgroup_partition(sum, .*;$/\tfor (size_t i = 0; i < f->n; i++)\n\t\tf->shown[i] = metod_smallgroup_show(f->counts[i]);/' \
		-e '/^\taggregate_joint(c);$/d' $from >"$2"
	;;
no_joint) # every family of numbers by itself
	from=daemon/app/aggregate_show.c
	sed -e '/^\taggregate_joint(c);$/d' $from >"$2"
	;;
no_memory) # every publication by itself
	from=daemon/app/aggregate_show.c
	sed -e '/^bool aggregate_old_cell(/,/^}/s/scope->old && i </scope->old \&\& !c \&\& i </' $from >"$2"
	;;
esac
# Where several changes make one mutant, all of them must have been made.
case $1 in
ack_before_commit)
	[ "$(grep -Ec 'bool early;|early = (true|false);|if .!early.' "$2")" = 4 ] || cp $from "$2"
	;;
format_2*)
	grep -q 'ENVELOPE_VERSION = 2' "$2" && grep -q 'return ~metod_crc32c' "$2" &&
		grep -q 'metod_store_format = 2' "$2" || cp $from "$2"
	;;
esac
if cmp -s "$from" "$2"; then
	rm -f "$2"
	echo "mutate: $from has changed: $1 no longer applies" >&2
	exit 1
fi
dirname "$from" >"$(dirname "$2")/from" # where its own headers are

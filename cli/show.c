/* SPDX-License-Identifier: Apache-2.0
 * Short answers for people: state of the service, and "done" of a write. */
#include "cli.h"

#include <string.h>

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

static const char *duration(struct metod_cli *cli, uint64_t seconds)
{
	uint64_t days = seconds / DAY, hours = seconds % DAY / HOUR;
	uint64_t minutes = seconds % HOUR / MINUTE;

	if (days)
		return metod_arena_printf(cli->arena, metod_cli_tr(cli, "%llu d %llu h"),
		    (unsigned long long)days, (unsigned long long)hours)
		    .p;
	return metod_arena_printf(cli->arena, metod_cli_tr(cli, "%llu h %llu min"),
	    (unsigned long long)hours, (unsigned long long)minutes)
	    .p;
}

void metod_cli_show_status(
    struct metod_cli *cli, const void *reply, struct metod_buf *out)
{
	const struct metod_status_rep *status = reply;

	metod_buf_printf(out, metod_cli_tr(cli, "metodd %.*s has been up for %s"),
	    METOD_FMT(status->version), duration(cli, status->uptime_s));
	if (status->title.n)
		metod_buf_printf(out, " · %.*s", METOD_FMT(status->title));
	metod_buf_byte(out, '\n');
	metod_buf_printf(out,
	    metod_cli_tr(cli, "Organisations: %s · teachers: %s · open waves: %s"),
	    metod_cli_number(cli, status->orgs), metod_cli_number(cli, status->teachers),
	    metod_cli_number(cli, status->waves_open));
	metod_buf_byte(out, '\n');
	if (status->disk_full)
		metod_buf_printf(out, "%s\n",
		    metod_cli_tr(cli, "The disk is full: nothing is written."));
	if (status->next.n)
		metod_buf_printf(out, "%s %.*s\n", metod_cli_tr(cli, "Next:"),
		    METOD_FMT(status->next));
}

void metod_cli_show_done(struct metod_cli *cli, const void *reply, struct metod_buf *out)
{
	const struct metod_done_rep *done = reply;

	metod_buf_z(out, metod_cli_tr(cli, "Done"));
	if (done->code.n)
		metod_buf_printf(out, ": %.*s", METOD_FMT(done->code));
	if (done->count > 1)
		metod_buf_printf(out, " (%s: %s)",
		    metod_cli_tr(cli,
			cli->verb && strcmp(cli->verb->name, "backup.create") == 0
			    ? "Last sequence"
			    : "Total"),
		    metod_cli_number(cli, done->count));
	metod_buf_z(out, ".\n");
	if (done->note.n)
		metod_cli_wrap(out, done->note, 0, cli->width);
}

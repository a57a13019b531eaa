/* SPDX-License-Identifier: Apache-2.0
 * An interrupted call leaves nothing behind: the terminal shows again what is typed, and
 * a file that was not finished is gone. The program still ends by the signal, so that a
 * shell's loop stops too. */
#include "cli.h"

#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static volatile sig_atomic_t silent;
static char unfinished[4096];
static volatile sig_atomic_t has_unfinished;

static void end(int number)
{
	if (silent)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	if (has_unfinished)
		unlink(unfinished);
	signal(number, SIG_DFL);
	raise(number);
}

void metod_cli_catch_interrupts(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = end};

	/* Unblocked inside, so that raise() ends the program there and then. */
	action.sa_flags = SA_NODEFER;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < METOD_LEN(numbers); i++) {
		struct sigaction old;

		/* One that was ignored when we came stays ignored: nohup. */
		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
}

bool metod_cli_silence(void)
{
	struct termios now;

	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return false;
	now = before;
	now.c_lflag &= ~(tcflag_t)ECHO;
	silent = true;
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &now) != 0)
		silent = false;
	return silent;
}

void metod_cli_unsilence(void)
{
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	silent = false;
}

void metod_cli_unfinished(const char *path)
{
	has_unfinished = false;
	if (!path || strlen(path) >= sizeof(unfinished))
		return;
	memcpy(unfinished, path, strlen(path) + 1);
	has_unfinished = true;
}

/* SPDX-License-Identifier: Apache-2.0
 * From exec to the first receipt: starts the program, connects as soon as its socket
 * answers, sends one call, and takes the time when the right answer is here. */
#include "load.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_S = 60, EVERY_US = 100 };

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* An old socket of this path refuses; the program's own takes its place. */
static bool answers(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	bool good = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	close(fd);
	return good;
}

static pid_t spawn(char **words)
{
	pid_t pid = fork();

	if (pid < 0)
		load_trouble("fork", strerror(errno));
	if (pid == 0) {
		execv(words[0], words);
		_exit(127);
	}
	return pid;
}

int load_start(const struct driver *driver, const struct load *load, char **words)
{
	struct line line = {.load = load, .calls = 1};
	int status;

	load_sessions(load->list); /* reading the list is not part of the time */
	double begun = now_ms();
	pid_t pid = spawn(words);
	while (!answers(load->target)) {
		if (now_ms() - begun > WAIT_S * 1e3 || waitpid(pid, &status, WNOHANG))
			load_trouble(words[0], "does not answer");
		usleep(EVERY_US);
	}
	double connected = now_ms();
	driver->open(load, &line);
	driver->send(&line);
	struct pollfd poll_fd = {.fd = line.fd, .events = POLLIN};
	do {
		if (poll(&poll_fd, 1, WAIT_S * 1000) != 1)
			load_trouble(driver->name, "no answer");
	} while (!driver->take(&line));
	double end = now_ms();
	kill(pid, SIGTERM);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		load_trouble(words[0], "did not end well");
	printf("{\"first_receipt_ms\": %.3f, \"listening_ms\": %.3f}\n", end - begun,
	    connected - begun);
	return 0;
}

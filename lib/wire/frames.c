/* SPDX-License-Identifier: Apache-2.0
 * Stream of bytes into whole messages. Knows nothing of sockets: bytes come in by feed.
 * Invariant: in.p[start..) begins with the message that `scan` is at. */
#include "metod/wire.h"

enum { COMPACT = 64 << 10 }; /* so many taken bytes are moved away */

void metod_frames_init(struct metod_frames *frames, size_t cap)
{
	*frames = (struct metod_frames){.cap = cap};
	metod_prescan_init(&frames->scan, cap);
}

void metod_frames_done(struct metod_frames *frames)
{
	metod_buf_done(&frames->in);
	*frames = (struct metod_frames){.hostile = true};
}

void metod_frames_feed(struct metod_frames *frames, const void *bytes, size_t n)
{
	if (frames->hostile)
		return;
	if (frames->start == frames->in.n) {
		/* One large message must not keep its memory on an idle connection. */
		if (frames->in.cap > COMPACT)
			metod_buf_done(&frames->in);
		metod_buf_clear(&frames->in);
		frames->start = 0;
	} else if (frames->start >= COMPACT && frames->start >= frames->in.n / 2) {
		/* Moving at most half of the buffer each time keeps the sum of moves
		 * linear. */
		metod_buf_drop(&frames->in, frames->start);
		frames->start = 0;
	}
	metod_buf_add(&frames->in, bytes, n);
}

enum metod_scanned metod_frames_next(
    struct metod_frames *frames, struct metod_str *ret_message)
{
	const uint8_t *message;
	size_t n, len;
	enum metod_scanned scan;

	if (frames->hostile)
		return METOD_SCAN_HOSTILE;
	n = frames->in.n - frames->start;
	if (n == 0)
		return METOD_SCAN_MORE;
	message = frames->in.p + frames->start;
	scan = metod_prescan(message, n, &frames->scan, &len);
	if (scan == METOD_SCAN_COMPLETE) {
		*ret_message = (struct metod_str){(const char *)message, len};
		frames->start += len;
		metod_prescan_init(&frames->scan, frames->cap);
	}
	frames->hostile = scan == METOD_SCAN_HOSTILE;
	return scan;
}

size_t metod_frames_waiting(const struct metod_frames *frames)
{
	return frames->in.n - frames->start;
}

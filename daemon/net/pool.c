/* SPDX-License-Identifier: Apache-2.0
 * Compute pool and post box of the loop. Work is done in order of arrival; results come
 * back through an eventfd, so the loop alone touches connections. */
#include "net.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "metod/limits.h"

struct task {
	void (*fn)(void *arg);
	void *arg;
	struct task *next;
};
struct queue {
	struct task *first, **last;
	size_t n;
};
struct net_pool {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	struct queue work, posts;
	pthread_t thread[METOD_POOL_THREADS];
	unsigned threads;
	bool stop;
	int fd; /* eventfd: posts are waiting */
	struct event *wake;
};

static void put(struct queue *queue, void (*fn)(void *), void *arg)
{
	struct task *task = metod_xmalloc(sizeof *task);
	*task = (struct task){fn, arg, NULL};
	*queue->last = task;
	queue->last = &task->next;
	queue->n++;
}

static struct task *take(struct queue *queue)
{
	struct task *task = queue->first;
	if (!task)
		return NULL;
	queue->first = task->next;
	if (!queue->first)
		queue->last = &queue->first;
	queue->n--;
	return task;
}

static void run(struct task *task)
{
	task->fn(task->arg);
	free(task);
}

static void *worker(void *arg)
{
	struct net_pool *pool = arg;
	pthread_mutex_lock(&pool->lock);
	for (;;) {
		struct task *task = take(&pool->work);
		if (!task) {
			if (pool->stop)
				break;
			pthread_cond_wait(&pool->cond, &pool->lock);
			continue;
		}
		pthread_mutex_unlock(&pool->lock);
		run(task);
		pthread_mutex_lock(&pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

static void run_posts(struct net_pool *pool)
{
	for (;;) {
		pthread_mutex_lock(&pool->lock);
		struct task *task = take(&pool->posts);
		pthread_mutex_unlock(&pool->lock);
		if (!task)
			return;
		run(task);
	}
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	uint64_t count;
	(void)what;
	if (read(fd, &count, sizeof count) == sizeof count)
		run_posts(arg);
}

struct net_pool *net_pool_new(struct event_base *base, unsigned threads)
{
	struct net_pool *pool = metod_xcalloc(1, sizeof *pool);
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->cond, NULL);
	pool->work.last = &pool->work.first;
	pool->posts.last = &pool->posts.first;
	pool->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	pool->wake = event_new(base, pool->fd, EV_READ | EV_PERSIST, on_wake, pool);
	event_add(pool->wake, NULL);
	for (; pool->threads < threads && pool->threads < METOD_POOL_THREADS;
	     pool->threads++)
		if (pthread_create(&pool->thread[pool->threads], NULL, worker, pool) != 0)
			break;
	return pool;
}

void net_pool_stop(struct net_pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->stop = true;
	pthread_cond_broadcast(&pool->cond);
	pthread_mutex_unlock(&pool->lock);
	for (; pool->threads > 0; pool->threads--)
		pthread_join(pool->thread[pool->threads - 1], NULL);
}

void net_pool_free(struct net_pool *pool)
{
	if (!pool)
		return;
	net_pool_stop(pool);
	run_posts(pool);
	event_free(pool->wake);
	close(pool->fd);
	pthread_mutex_destroy(&pool->lock);
	pthread_cond_destroy(&pool->cond);
	free(pool);
}

bool net_pool_run(void *arg, void (*fn)(void *), void *fn_arg)
{
	struct net_pool *pool = arg;
	pthread_mutex_lock(&pool->lock);
	bool room = pool->work.n < METOD_POOL_QUEUE_MAX && !pool->stop;
	if (room) {
		put(&pool->work, fn, fn_arg);
		pthread_cond_signal(&pool->cond);
	}
	pthread_mutex_unlock(&pool->lock);
	return room;
}

void net_pool_post(void *arg, void (*fn)(void *), void *fn_arg)
{
	struct net_pool *pool = arg;
	const uint64_t one = 1;
	pthread_mutex_lock(&pool->lock);
	bool first = pool->posts.n == 0;
	put(&pool->posts, fn, fn_arg);
	pthread_mutex_unlock(&pool->lock);
	if (first && write(pool->fd, &one, sizeof one) != sizeof one)
		abort(); /* an eventfd counter cannot be full here */
}

static int64_t clock_ms(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t net_wall_ms(void *unused)
{
	(void)unused;
	return clock_ms(CLOCK_REALTIME);
}

int64_t net_mono_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

/*
 * The functions of loop/loop.h in virtual time, for the test kit, and for tests that link this file
 * instead of the loop module. Nothing runs by itself: fake_loop_run_ms() lets time pass, timer by
 * timer, with the tasks of each turn. Every name is 127.0.0.1, and that is told at the end of the
 * turn. Only loop_post() may come from another thread.
 */
#ifndef TESTKIT_FAKES_FAKE_LOOP_H
#define TESTKIT_FAKES_FAKE_LOOP_H

#include "loop/loop.h"

/* One turn: the posts that are there, then the tasks. False: there were none. */
bool fake_loop_turn_once(struct loop *loop);

/* Runs the tasks that wait, without letting time pass, until none is left (at most 10,000 turns).
 */
void fake_loop_turn(struct loop *loop);

/* Lets `ms` pass: fires what becomes due, in order of time, each followed by a turn. */
void fake_loop_run_ms(struct loop *loop, uint64_t ms);

/* Lets time pass until no timer is left, at most `ms`. */
void fake_loop_run_dry(struct loop *loop, uint64_t ms);

/* Waits, in real time, until a post is there; false: none came. */
bool fake_loop_wait_post(struct loop *loop, uint32_t timeout_ms);

/* Runs it as a callback of the loop; the longest of all callbacks, in the thread's processor time. */
void fake_loop_call(struct loop *loop, loop_fn *run, void *ctx);
uint64_t fake_loop_longest_us(const struct loop *loop);

#endif

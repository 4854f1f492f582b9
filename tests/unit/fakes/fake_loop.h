/*
 * The functions of loop/loop.h in virtual time, for tests that link this file instead of the loop
 * module. Nothing runs by itself: fake_loop_run_ms() lets time pass, timer by timer, with the tasks
 * of each turn. Every name is 127.0.0.1, and that is told at the end of the turn.
 */
#ifndef FAKE_LOOP_H
#define FAKE_LOOP_H

#include "loop/loop.h"

/* Runs the tasks that wait, without letting time pass, until none is left (at most 10,000 turns).
 */
void fake_loop_turn(struct loop *loop);

/* Lets `ms` pass: fires what becomes due, in order of time, each followed by a turn. */
void fake_loop_run_ms(struct loop *loop, uint64_t ms);

/* Lets time pass until no timer is left, at most `ms`. */
void fake_loop_run_dry(struct loop *loop, uint64_t ms);

#endif

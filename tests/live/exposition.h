/*
 * exposition.h - Prometheus' text format 0.0.4, read strictly: what a scraper might let pass is
 * refused.
 *
 * Beyond the format's own rules: HELP, then TYPE, then the samples of that family and no others; no
 * empty lines, no timestamps; counters end in _total and are no less than 0; a histogram's buckets
 * ascend, end in "+Inf", and agree with its count; no series comes twice.
 */
#ifndef LIVE_EXPOSITION_H
#define LIVE_EXPOSITION_H

#include "base/banned.h"

#include <jansson.h>
#include <stddef.h>

enum { EXPOSITION_ERROR_SIZE = 256 };

/*
 * {"types": {"family": "counter"}, "series": {"name{labels}": 1.5}}, the labels as they were
 * written. NULL, with the line and what is wrong with it. New reference.
 */
json_t *exposition_read(const char *text, char error[EXPOSITION_ERROR_SIZE]);

#endif

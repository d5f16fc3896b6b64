"""``letapis up``: what runs when, in processes of their own, for as long as this process has the right to schedule.

lease      the right to schedule, and what ends when it can't be renewed
plan       which jobs a set of sites means
timetable  APScheduler: remembers when which job is due, tells us when it is
crawls     runs of sites: one at a time each, limited, watched, recorded
children   a run's process, from outside    child  a run's process, from inside    forking  what they are forked from
rounds     what the service looks after by itself: orders, deliveries, problems, upkeep
metrics    numbers for Prometheus           status what is going on, as values    live   for the web pages
front      the web pages' server
conductor  all of it together, from start to drain
"""

"""What the benches measure with: CPU time and system calls of a process, medians, tables."""

import os
import statistics
import subprocess
import sys


def cpu_seconds(pid):
    """CPU time of all threads of a process so far, to the nanosecond (schedstat)."""
    total = 0
    for task in os.listdir("/proc/%d/task" % pid):
        try:
            with open("/proc/%d/task/%s/schedstat" % (pid, task), encoding="ascii") as stat:
                total += int(stat.read().split()[0])
        except FileNotFoundError:
            pass
    return total / 1e9


def resident_bytes(pid):
    with open("/proc/%d/statm" % pid, encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def median(values):
    return statistics.median(values)


def ratios(some, others):
    """Those of each round: what changes from round to round changes both."""
    return [a / b for a, b in zip(some, others)]


def spread(values):
    """Half the distance between the quartiles (of few values: extremes), relative to the median."""
    middle = statistics.median(values)
    if len(values) < 2 or middle == 0:
        return 0.0
    if len(values) < 4:
        return (max(values) - min(values)) / 2 / middle
    quartiles = statistics.quantiles(values, n=4)
    return (quartiles[2] - quartiles[0]) / 2 / middle


class Table:
    """Rows of text, columns as wide as they need, numbers to the right."""

    def __init__(self, title, *head):
        self.title = title
        self.rows = [head]

    def add(self, *cells):
        self.rows.append([cell if isinstance(cell, str) else number(cell) for cell in cells])

    def show(self):
        widths = [max(len(row[i]) for row in self.rows) for i in range(len(self.rows[0]))]
        print("\n%s\n" % self.title)
        for count, row in enumerate(self.rows):
            print("  " + "  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                                   for i, (cell, width) in enumerate(zip(row, widths))).rstrip())
            if count == 0:
                print("  " + "  ".join("-" * width for width in widths))
        sys.stdout.flush()


def number(value):
    if value is None:
        return "-"
    if abs(value) >= 100:
        return "%.0f" % value
    return "%.3g" % value


def output_of(*command, **options):
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, **options)
    if done.returncode != 0:
        raise RuntimeError("%s failed:\n%s" % (command[0], done.stdout))
    return done.stdout

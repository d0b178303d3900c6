/* Runs a fuzz target over files, once each: the corpora become tests for any compiler.
 *
 * Every argument is a file, or a directory whose files are run. A target that finds something
 * wrong ends the program, as it does under libFuzzer. */
#include "tests/fuzz/target.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Gives the target exactly the file's bytes, in memory of exactly that size, so that a sanitizer
 * sees a read past the end. The name is printed first: when the target aborts, it is the last. */
static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t size = 0;
	int status = -1;

	if (file == NULL) {
		perror(path);
		return -1;
	}
	printf("%s\n", path);
	fflush(stdout);
	if (fseek(file, 0, SEEK_END) == 0) {
		long end = ftell(file);

		if (end >= 0 && fseek(file, 0, SEEK_SET) == 0) {
			size = (size_t)end;
			data = malloc(size != 0 ? size : 1);
			if (data != NULL && fread(data, 1, size, file) == size)
				status = LLVMFuzzerTestOneInput(data, size);
		}
	}
	free(data);
	fclose(file);
	return status;
}

static int replay_directory(const char *path, DIR *directory)
{
	int failed = 0;

	for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
		char name[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (replay_file(name) != 0)
			failed = 1;
	}
	return failed;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		DIR *directory = opendir(argv[i]);

		if (directory != NULL) {
			failed |= replay_directory(argv[i], directory);
			closedir(directory);
		} else if (replay_file(argv[i]) != 0) {
			failed = 1;
		}
	}
	return failed;
}

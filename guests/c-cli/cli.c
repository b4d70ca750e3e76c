// A command that says what it was granted.
//   args            each argument on its own line
//   env             each environment variable on its own line
//   stdin           copies standard input to standard output
//   read PATH       writes the file to standard output
//   write PATH TEXT makes the file
//   list PATH       names in the folder, one a line
//   truncate PATH   empties the file
//   link|rename|symlink FROM TO
//   unlink PATH     removes the file
//   churn PATH      opens and closes the file many times
//   exit CODE       ends with it
//   trap            ends in an unreachable instruction
//   burn            counts for ever
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static int refused(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    return 1;
}

static int copy(FILE *from, const char *name) {
    char block[65536];
    size_t read;
    if (!from) return refused(name);
    while ((read = fread(block, 1, sizeof block, from)) > 0) fwrite(block, 1, read, stdout);
    return ferror(from) ? refused(name) : 0;
}

static int write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    if (!file) return refused(path);
    fputs(text, file);
    return fclose(file) ? refused(path) : 0;
}

static int list(const char *path) {
    DIR *folder = opendir(path);
    struct dirent *entry;
    if (!folder) return refused(path);
    while ((entry = readdir(folder)))
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) puts(entry->d_name);
    return closedir(folder);
}

static int done(int status, const char *what) {
    return status ? refused(what) : 0;
}

static int truncate_file(const char *path) {
    int file = open(path, O_WRONLY | O_TRUNC);
    return done(file < 0 || close(file), path);
}

static int churn(const char *path) {
    for (int i = 0; i < 20000; i++) {
        int file = open(path, O_RDONLY);
        if (file < 0 || close(file)) return refused(path);
    }
    return 0;
}

static void burn(void) {
    for (volatile unsigned count = 0;; count++) {
    }
}

int main(int argc, char **argv) {
    const char *verb = argc > 1 ? argv[1] : "args";
    if (!strcmp(verb, "args"))
        for (int i = 0; i < argc; i++) puts(argv[i]);
    else if (!strcmp(verb, "env"))
        for (char **pair = environ; *pair; pair++) puts(*pair);
    else if (!strcmp(verb, "stdin")) return copy(stdin, "stdin");
    else if (!strcmp(verb, "read") && argc == 3) return copy(fopen(argv[2], "r"), argv[2]);
    else if (!strcmp(verb, "write") && argc == 4) return write_file(argv[2], argv[3]);
    else if (!strcmp(verb, "list") && argc == 3) return list(argv[2]);
    else if (!strcmp(verb, "truncate") && argc == 3) return truncate_file(argv[2]);
    else if (!strcmp(verb, "link") && argc == 4) return done(link(argv[2], argv[3]), argv[3]);
    else if (!strcmp(verb, "rename") && argc == 4) return done(rename(argv[2], argv[3]), argv[3]);
    else if (!strcmp(verb, "symlink") && argc == 4) return done(symlink(argv[2], argv[3]), argv[3]);
    else if (!strcmp(verb, "unlink") && argc == 3) return done(unlink(argv[2]), argv[2]);
    else if (!strcmp(verb, "churn") && argc == 3) return churn(argv[2]);
    else if (!strcmp(verb, "exit") && argc == 3) return atoi(argv[2]);
    else if (!strcmp(verb, "trap")) __builtin_trap();
    else if (!strcmp(verb, "burn")) burn();
    else {
        fprintf(stderr, "unknown: %s\n", verb);
        return 2;
    }
    return 0;
}

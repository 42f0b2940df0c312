/* Makes system calls that a default container must not be able to make, and prints a line for each one
 * that does not end as it should. Static, so that it runs in an image without libraries.
 *
 *   call_probe          the calls; the last line is "done"
 *   call_probe user     prints the effective user
 *   call_probe type     types a letter into the terminal that it runs on */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

struct call {
  const char *name;
  long number;
  long args[3];
};

static const struct call refused[] = {
    {"mount", SYS_mount, {0}},
    {"umount2", SYS_umount2, {0}},
    {"pivot_root", SYS_pivot_root, {0}},
    {"unshare NEWNS", SYS_unshare, {0x20000}},
    {"unshare NEWUSER", SYS_unshare, {0x10000000}},
    {"unshare NEWNET", SYS_unshare, {0x40000000}},
    {"unshare NEWPID", SYS_unshare, {0x20000000}},
    {"unshare NEWIPC", SYS_unshare, {0x8000000}},
    {"unshare NEWUTS", SYS_unshare, {0x4000000}},
    {"unshare NEWCGROUP", SYS_unshare, {0x2000000}},
    {"setns", SYS_setns, {0}},
    {"clone NEWUSER", SYS_clone, {0x10000000}},
    {"io_uring_setup", SYS_io_uring_setup, {1}},
    {"userfaultfd", SYS_userfaultfd, {0}},
    {"bpf", SYS_bpf, {0}},
    {"perf_event_open", SYS_perf_event_open, {0}},
    {"keyctl", SYS_keyctl, {0}},
    {"add_key", SYS_add_key, {0}},
    {"request_key", SYS_request_key, {0}},
    {"kexec_load", SYS_kexec_load, {0}},
    {"init_module", SYS_init_module, {0}},
    {"swapon", SYS_swapon, {0}},
    {"open_by_handle_at", SYS_open_by_handle_at, {0}},
    {"fsopen", SYS_fsopen, {0}},
    {"quotactl", SYS_quotactl, {0}},
    {"process_madvise", SYS_process_madvise, {0}},
    {"personality", SYS_personality, {0x0040000}},
    {"socket AF_ALG", SYS_socket, {38, SOCK_STREAM, 0}},
    {"socket AF_VSOCK", SYS_socket, {40, SOCK_STREAM, 0}},
    {"x32 mount", 0x40000000 + 165, {0}},
};

static const struct call allowed[] = {
    {"personality LINUX32", SYS_personality, {0x20008}},
    {"personality LINUX", SYS_personality, {0}},
    {"socket AF_INET", SYS_socket, {AF_INET, SOCK_STREAM, 0}},
    {"socket AF_UNIX", SYS_socket, {AF_UNIX, SOCK_STREAM, 0}},
    {"socket AF_NETLINK", SYS_socket, {AF_NETLINK, SOCK_RAW, 0}},
};

/* The 32-bit way in, which a filter of 64-bit numbers alone would not see. */
static long call_ia32(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11");
  return (int)result;
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "user") == 0) return printf("%d\n", (int)geteuid()) < 0;
  if (argc > 1 && strcmp(argv[1], "type") == 0) return ioctl(0, TIOCSTI, "x") < 0;
  for (size_t i = 0; i < sizeof refused / sizeof *refused; ++i) {
    const struct call *c = &refused[i];
    errno = 0;
    const long result = syscall(c->number, c->args[0], c->args[1], c->args[2]);
    if (result == 0 && c->number == SYS_clone) _exit(0);
    const int wanted = errno == EPERM || (c->number >= 0x40000000 && errno == ENOSYS);
    if (result != -1 || !wanted) printf("%s: %ld %s\n", c->name, result, strerror(errno));
  }
  errno = 0;
  if (syscall(SYS_clone3, NULL, 0) != -1 || errno != ENOSYS) printf("clone3: %s\n", strerror(errno));
  for (size_t i = 0; i < sizeof allowed / sizeof *allowed; ++i) {
    const struct call *c = &allowed[i];
    if (syscall(c->number, c->args[0], c->args[1], c->args[2]) < 0) printf("%s: %s\n", c->name, strerror(errno));
  }
  /* ia32: socket 359, mount 21, unshare 310, bpf 357 */
  const long wide[][2] = {{359, 38}, {359, 40}, {21, 0}, {310, 0x10000000}, {357, 0}};
  for (size_t i = 0; i < sizeof wide / sizeof *wide; ++i) {
    const long result = call_ia32(wide[i][0], wide[i][1], SOCK_STREAM, 0);
    if (result != -EPERM && result != -ENOSYS) printf("ia32 call %ld: %ld\n", wide[i][0], result);
  }
  puts("done");
  return 0;
}

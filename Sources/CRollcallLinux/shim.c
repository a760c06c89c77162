#include "CRollcallLinux.h"

#include <fcntl.h>
#include <pthread.h>
#include <grp.h>
#include <signal.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(sizeof(rollcall_mmsghdr) == sizeof(struct mmsghdr), "as the kernel has it");
_Static_assert(offsetof(rollcall_mmsghdr, length) == offsetof(struct mmsghdr, msg_len), "");
_Static_assert(sizeof(rollcall_cmsghdr) == CMSG_LEN(0), "");
_Static_assert(offsetof(rollcall_cmsghdr, type) == offsetof(struct cmsghdr, cmsg_type), "");
_Static_assert(sizeof(rollcall_pktinfo4) == CMSG_SPACE(sizeof(struct in_pktinfo)), "");
_Static_assert(sizeof(rollcall_pktinfo6) == CMSG_SPACE(sizeof(struct in6_pktinfo)), "");
_Static_assert(
    offsetof(rollcall_pktinfo4, interface_index) ==
        CMSG_LEN(0) + offsetof(struct in_pktinfo, ipi_ifindex), "");
_Static_assert(
    offsetof(rollcall_pktinfo6, interface_index) ==
        CMSG_LEN(0) + offsetof(struct in6_pktinfo, ipi6_ifindex), "");

int rollcall_recvmmsg(int fd, rollcall_mmsghdr *messages, unsigned int count, int flags) {
    return recvmmsg(fd, (struct mmsghdr *)messages, count, flags, NULL);
}

int rollcall_sendmmsg(int fd, rollcall_mmsghdr *messages, unsigned int count, int flags) {
    return sendmmsg(fd, (struct mmsghdr *)messages, count, flags);
}

int rollcall_msg_waitforone(void) { return MSG_WAITFORONE; }

int rollcall_ipv6_recvpktinfo(void) { return IPV6_RECVPKTINFO; }

int rollcall_scm_rights(void) { return SCM_RIGHTS; }

int rollcall_msg_cmsg_cloexec(void) { return MSG_CMSG_CLOEXEC; }

int rollcall_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int rollcall_accept4(int fd, int flags) { return accept4(fd, NULL, NULL, flags); }

static void ignore(int signal) { (void)signal; }

int rollcall_interrupt_with(int signal) {
    struct sigaction action = {.sa_handler = ignore};
    return sigaction(signal, &action, NULL);
}

int rollcall_name_thread(const char *name) { return pthread_setname_np(pthread_self(), name); }

int rollcall_unshare(int flags) { return unshare(flags); }

int rollcall_setns(int fd, int type) { return setns(fd, type); }

int rollcall_clone_newnet(void) { return CLONE_NEWNET; }

int rollcall_clone_newns(void) { return CLONE_NEWNS; }

int rollcall_clone_newuts(void) { return CLONE_NEWUTS; }

int rollcall_clone_newipc(void) { return CLONE_NEWIPC; }

int rollcall_clone_newpid(void) { return CLONE_NEWPID; }

int rollcall_clone_newuser(void) { return CLONE_NEWUSER; }

pid_t rollcall_fork(void) { return fork(); }

int rollcall_mount(
    const char *source, const char *target, const char *type, unsigned long flags,
    const char *data) {
    return mount(source, target, type, flags, data);
}

int rollcall_umount2(const char *target, int flags) { return umount2(target, flags); }

int rollcall_pivot_root(const char *new_root, const char *put_old) {
    return (int)syscall(SYS_pivot_root, new_root, put_old);
}

int rollcall_signalfd(const sigset_t *mask) {
    return signalfd(-1, mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

int rollcall_die_with_parent(int signal) { return prctl(PR_SET_PDEATHSIG, signal); }

int rollcall_setresuid(uid_t id) { return setresuid(id, id, id); }

int rollcall_setresgid(gid_t id) { return setresgid(id, id, id); }

int rollcall_setgroups(size_t count, const gid_t *groups) { return setgroups(count, groups); }

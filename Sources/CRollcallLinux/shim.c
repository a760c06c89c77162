#include "CRollcallLinux.h"

#include <pthread.h>
#include <signal.h>
#include <sched.h>

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

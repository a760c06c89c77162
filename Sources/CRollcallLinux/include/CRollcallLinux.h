// Declarations glibc keeps from Swift behind _GNU_SOURCE, and one-line forwards to them. No logic.
#ifndef CROLLCALL_LINUX_H
#define CROLLCALL_LINUX_H

#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

// struct mmsghdr of recvmmsg(2): one message of a batch, and the bytes it has.
typedef struct {
    struct msghdr header;
    unsigned int length;
} rollcall_mmsghdr;

// struct cmsghdr of cmsg(3), which ends in an array of no size.
typedef struct {
    size_t length;
    int level;
    int type;
} rollcall_cmsghdr;

// The control message of IP_PKTINFO, ip(7), with its header: which address a datagram was sent to.
typedef struct {
    rollcall_cmsghdr header;
    int32_t interface_index;
    struct in_addr source;
    struct in_addr destination;
    uint32_t padding;
} rollcall_pktinfo4;

// The control message of IPV6_PKTINFO, ipv6(7), with its header.
typedef struct {
    rollcall_cmsghdr header;
    struct in6_addr destination;
    uint32_t interface_index;
    uint32_t padding;
} rollcall_pktinfo6;

// recvmmsg(2) without a timeout. The messages, or -1 and errno.
int rollcall_recvmmsg(int fd, rollcall_mmsghdr *messages, unsigned int count, int flags);

// sendmmsg(2). The messages sent, or -1 and errno.
int rollcall_sendmmsg(int fd, rollcall_mmsghdr *messages, unsigned int count, int flags);

// MSG_WAITFORONE of recvmmsg(2): wait for the first message only.
int rollcall_msg_waitforone(void);

// IPV6_RECVPKTINFO of ipv6(7).
int rollcall_ipv6_recvpktinfo(void);

// SCM_RIGHTS of unix(7), an enumerator in glibc.
int rollcall_scm_rights(void);

// MSG_CMSG_CLOEXEC of recvmsg(2).
int rollcall_msg_cmsg_cloexec(void);

// accept4(2) without the peer's address.
int rollcall_accept4(int fd, int flags);

// pipe2(2) with O_CLOEXEC: no child that another thread starts meanwhile gets the ends.
int rollcall_pipe(int ends[2]);

// A handler for a signal that does nothing, and after which system calls are not begun again
// (sigaction(2) without SA_RESTART). 0, or -1 and errno.
int rollcall_interrupt_with(int signal);

// A name for the calling thread, at most 15 bytes. 0 or an error number.
int rollcall_name_thread(const char *name);

// unshare(2) and setns(2). 0, or -1 and errno.
int rollcall_unshare(int flags);
int rollcall_setns(int fd, int type);

// CLONE_NEW* of clone(2).
int rollcall_clone_newnet(void);
int rollcall_clone_newns(void);
int rollcall_clone_newuts(void);
int rollcall_clone_newipc(void);
int rollcall_clone_newpid(void);
int rollcall_clone_newuser(void);

// fork(2), for processes of one thread.
pid_t rollcall_fork(void);

// mount(2), umount2(2), pivot_root(2). 0, or -1 and errno.
int rollcall_mount(
    const char *source, const char *target, const char *type, unsigned long flags,
    const char *data);
int rollcall_umount2(const char *target, int flags);
int rollcall_pivot_root(const char *new_root, const char *put_old);

// A new signalfd(2), non-blocking and closed by exec. Or -1 and errno.
int rollcall_signalfd(const sigset_t *mask);

// PR_SET_PDEATHSIG of prctl(2): the signal the caller gets when its parent dies.
int rollcall_die_with_parent(int signal);

// Real, effective and saved ids at once; setgroups(2). 0, or -1 and errno.
int rollcall_setresuid(uid_t id);
int rollcall_setresgid(gid_t id);
int rollcall_setgroups(size_t count, const gid_t *groups);

#endif

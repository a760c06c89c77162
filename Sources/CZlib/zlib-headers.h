// Debian's zlib (zlib1g-dev), which compresses the headers of SPDY.
#include <zlib.h>

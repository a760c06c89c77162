#include "CRollcallLinux.h"

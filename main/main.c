/* main: the one binary. */
#include "main/command.h"

int
main(int argc, char **argv)
{
	return command_run(argc, argv);
}

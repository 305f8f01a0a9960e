/* oui: who made a card, from the IEEE's list as Debian's ieee-data has it. */
#ifndef MAIN_OUI_H
#define MAIN_OUI_H

/* The maker of a card in text (00:09:fb:…), NULL if it is not listed or the list is not installed; good until the next call. */
const char *oui_maker(const char *card);

#endif

/** What every part needs: settings, the machine's clock, TLS, commands. */
@NullMarked
package io.paddock.keeper.system;

import org.jspecify.annotations.NullMarked;

/** What keepers say to each other and to operators, over HTTPS. */
@NullMarked
package io.paddock.keeper.peer;

import org.jspecify.annotations.NullMarked;

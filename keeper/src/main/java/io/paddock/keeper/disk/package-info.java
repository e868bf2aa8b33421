/** How much room the node's persistent disk has, and what is done when there is none. */
@NullMarked
package io.paddock.keeper.disk;

import org.jspecify.annotations.NullMarked;

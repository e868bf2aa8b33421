/** What an application is given to connect. */
@NullMarked
package io.paddock.spi.credential;

import org.jspecify.annotations.NullMarked;

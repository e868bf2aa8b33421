/** Tasks of the director in words that the user of a service instance understands. */
@NullMarked
package io.paddock.deployer.task;

import org.jspecify.annotations.NullMarked;
